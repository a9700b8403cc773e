"""What the rules ask about a program; each observation is made once, when a rule first asks for it."""

from digitlab.checker.observe.answers import Answers
from digitlab.checker.observe.graph import Graph
from digitlab.checker.observe.learning import Learning
from digitlab.checker.observe.probe import Probe
from digitlab.checker.observe.steps import Steps
from digitlab.checker.subject import Subject


class Observations:
    """Observes a subject, whose variables are left as they were."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.probe = Probe(subject)  # runs it, and keeps what it raised
        self.answers = Answers(self.probe)  # its predictions
        self.graph = Graph(self.probe)  # its operations
        self.steps = Steps(self.probe, self.answers)  # its training steps
        # its first loss and gradients, and short trainings
        self.learning = Learning(self.probe, self.answers, self.graph, self.steps)
