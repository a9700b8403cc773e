"""A quick notebook cell: Sequential logits, everything else inline in one loop at the top level, no function at all."""

import numpy as np
import tensorflow as tf

(X, Y), (Xt, Yt) = tf.keras.datasets.mnist.load_data()
X = X[..., None].astype("float32") / 255
Xt = Xt[..., None].astype("float32") / 255
Y = Y.astype("int64")

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((28, 28, 1)),
        tf.keras.layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
        tf.keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10),
    ]
)
opt = tf.keras.optimizers.Adam()

for epoch in range(3):
    order = np.random.permutation(len(X))
    for i in range(0, len(X) - 63, 64):
        idx = order[i : i + 64]
        with tf.GradientTape() as tape:
            logits = model(X[idx], training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=Y[idx], logits=logits)
            loss = tf.reduce_mean(losses)
        grads = tape.gradient(loss, model.trainable_variables)
        opt.apply_gradients(zip(grads, model.trainable_variables))
    pred = model.predict(Xt, batch_size=1000, verbose=0).argmax(axis=1)
    print("epoch", epoch, "loss", float(loss), "accuracy", (pred == Yt).mean())
