"""digitlab: from the first softmax regression on MNIST to a digit reader you can trust."""
