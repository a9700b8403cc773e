"""A user's own file as a model (loads TensorFlow)."""

from digitlab.models.userfile.load import UserModel, load_user_model
from digitlab.models.userfile.step import TrainStep

__all__ = ["TrainStep", "UserModel", "load_user_model"]
