"""What can be seen of a program: its operations, answers, steps and short trainings."""
