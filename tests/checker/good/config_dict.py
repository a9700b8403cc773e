"""An experimenter: one config dict decides widths, activation, optimizer and rate; train() gets model and config."""

import tensorflow as tf

config = {
    "hidden": [128, 64],
    "activation": "relu",
    "optimizer": {"class_name": "Adam", "config": {"learning_rate": 1e-3}},
    "batch_size": 64,
    "epochs": 5,
    "l2": 1e-4,
    "seed": 42,
}


def build_model(cfg):
    regularizer = tf.keras.regularizers.L2(cfg["l2"])
    stack = [tf.keras.Input((28, 28)), tf.keras.layers.Flatten()]
    for units in cfg["hidden"]:
        stack.append(tf.keras.layers.Dense(units, cfg["activation"], kernel_regularizer=regularizer))
    stack.append(tf.keras.layers.Dense(10, kernel_regularizer=regularizer))
    return tf.keras.Sequential(stack)


def train(model, data, cfg):
    loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.get(cfg["optimizer"])

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True)) + tf.add_n(model.losses)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        return loss

    for epoch in range(cfg["epochs"]):
        for x, y in data:
            loss = step(x, y)
        print(f"epoch {epoch}: loss with penalty {loss:.4f}")


tf.keras.utils.set_random_seed(config["seed"])
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train, x_test = (x_train / 255.0).astype("float32"), (x_test / 255.0).astype("float32")
data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(60_000).batch(config["batch_size"])

model = build_model(config)
train(model, data, config)
predicted = tf.argmax(model(x_test), -1).numpy()
print("accuracy:", (predicted == y_test).mean())
