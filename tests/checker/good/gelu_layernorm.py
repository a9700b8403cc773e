"""A transformer person builds an MLP: pre-norm residual blocks with LayerNormalization and GELU, AdamW, own loop."""

import keras
import tensorflow as tf


class FeedForward(keras.layers.Layer):
    def __init__(self, width, expand=2, **kwargs):
        super().__init__(**kwargs)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6)
        self.up = keras.layers.Dense(expand * width)
        self.down = keras.layers.Dense(width)
        self.drop = keras.layers.Dropout(0.1)

    def call(self, x, training=False):
        y = self.down(keras.activations.gelu(self.up(self.norm(x))))
        return x + self.drop(y, training=training)


class GeluNet(keras.Model):
    def __init__(self, width=96, depth=3):
        super().__init__()
        self.embed = keras.layers.Dense(width)
        self.blocks = [FeedForward(width) for _ in range(depth)]
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6)
        self.head = keras.layers.Dense(10)

    def call(self, x, training=False):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(self.norm(x))


model = GeluNet()
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=0.01)


@tf.function(jit_compile=False)
def step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = criterion(y, logits)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
flat = lambda images: images.reshape(len(images), 784).astype("float32") / 255.0  # noqa: E731
loader = tf.data.Dataset.from_tensor_slices((flat(x_train), y_train)).shuffle(60_000).batch(128)

for epoch in range(5):
    mean = keras.metrics.Mean()
    for x, y in loader:
        mean.update_state(step(x, y))
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    accuracy.update_state(y_test, model(flat(x_test), training=False))
    print(f"epoch {epoch} loss {mean.result():.3f} acc {accuracy.result():.4f}")
