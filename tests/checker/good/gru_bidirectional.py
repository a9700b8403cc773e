"""A bidirectional GRU over the rows with its loop written out, gradient clipping by the global norm, logits."""

import tensorflow as tf

BATCH = 64
CLIP = 5.0

train, test = tf.keras.datasets.mnist.load_data()


def pipeline(split, training):
    ds = tf.data.Dataset.from_tensor_slices(split)
    if training:
        ds = ds.shuffle(8192)
    ds = ds.map(lambda image, label: (tf.cast(image, tf.float32) / 255.0, tf.cast(label, tf.int32)))
    return ds.batch(BATCH).prefetch(tf.data.AUTOTUNE)


encoder = tf.keras.layers.Bidirectional(tf.keras.layers.GRU(40))
classifier = tf.keras.layers.Dense(10)
encoder.build((None, 28, 28))
classifier.build((None, 80))
variables = encoder.trainable_variables + classifier.trainable_variables

optimizer = tf.keras.optimizers.Adam(0.003)


def model(images):
    return classifier(encoder(images))


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        logits = model(images)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    gradients = tape.gradient(loss, variables)
    gradients, _ = tf.clip_by_global_norm(gradients, CLIP)
    optimizer.apply_gradients(zip(gradients, variables))
    return loss


for epoch in range(5):
    for images, labels in pipeline(train, training=True):
        loss = train_step(images, labels)
    correct = sum(int(tf.math.count_nonzero(tf.argmax(model(i), 1, tf.int32) == l)) for i, l in pipeline(test, False))
    print(f"{epoch + 1}/5 loss {loss:.3f} accuracy {correct / len(test[1]):.3%}")
