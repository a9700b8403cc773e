"""What the rules ask about a program; each observation is made once, when a rule first asks for it."""

from digitlab.checker.observe.answers import Answers
from digitlab.checker.observe.graph import Graph
from digitlab.checker.observe.learning import Learning
from digitlab.checker.observe.probe import Probe
from digitlab.checker.observe.steps import Steps
from digitlab.checker.subject import Subject


class Observations:
    """Observes a subject, whose variables are left as they were.

    Attributes:
        subject: what is checked.
        probe: runs it, and keeps what it raised.
        answers: its predictions.
        graph: its operations.
        steps: its training steps.
        learning: its first loss and gradients, and short trainings.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.probe = Probe(subject)
        self.answers = Answers(self.probe)
        self.graph = Graph(self.probe)
        self.steps = Steps(self.probe, self.answers)
        self.learning = Learning(self.probe, self.answers, self.graph, self.steps)
