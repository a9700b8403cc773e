"""The parts of a service, put together: what one process runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from digitlab.serve import logs
from digitlab.serve.admission import Admission
from digitlab.serve.app import make_app
from digitlab.serve.edge import Edge
from digitlab.serve.guard import Guard
from digitlab.serve.in_flight import InFlight
from digitlab.serve.inference import Inference
from digitlab.serve.limits import MAX_HEAVY, MAX_LIGHT, THREADS
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Models
from digitlab.serve.pictures import picture_routes
from digitlab.serve.preparing import Preparing
from digitlab.serve.settings import ServeConfig


class Service:
    """All but the connections (raises DigitlabError: a bundle cannot be used)."""

    def __init__(self, config: ServeConfig) -> None:
        self.threads = ThreadPoolExecutor(THREADS, "heavy")
        self.models = Models(config.bundles)
        self.metrics = Metrics()
        self.in_flight = InFlight(self.metrics.in_flight.set)
        heavy = self._heavy = Admission(MAX_HEAVY)
        self._preparing = Preparing(self.threads, heavy)
        inference = Inference(self.models, Admission(MAX_LIGHT), heavy, self.threads, self.metrics)
        pictures = picture_routes(self.models, heavy, self._preparing)
        app = make_app(self.models, inference, pictures, self.metrics, lambda: self.in_flight.stopping)
        self.asgi = Edge(app, inference, Guard(config), self.in_flight, self.metrics)
        self._reloading = asyncio.Lock()
        self._reload_waits = False
        for model in self.models.all():
            self.metrics.bundles.labels(model.name, model.version).set(1)

    @property
    def is_at_work(self) -> bool:
        """Whether a thread is at work, perhaps for requests that were answered with 503 or 504 in the meantime."""
        return self._heavy.in_use or self._reloading.locked()

    def close(self) -> None:
        """Kill the processes that are still at work, and start nothing more."""
        self._preparing.close()
        self.models.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def reload(self) -> None:
        """Reload the bundles while requests are answered; all calls that arrive during a reload are one further one."""
        if self._reload_waits:
            return
        self._reload_waits = True
        async with self._reloading:
            self._reload_waits = False
            before = {model.name: model.version for model in self.models.all()}
            for reloaded in await self.models.reload():
                outcome = "refused" if reloaded.refused else "changed" if reloaded.changed else "unchanged"
                self.metrics.reloads.labels(outcome).inc()
                if reloaded.changed:
                    self.metrics.bundles.labels(reloaded.name, before[reloaded.name]).set(0)
                    self.metrics.bundles.labels(reloaded.name, reloaded.version).set(1)
                logs.write(
                    "bundle",
                    level="error" if reloaded.refused else "info",
                    model=reloaded.name,
                    version=reloaded.version,
                    outcome=outcome,
                    **({"why": reloaded.refused} if reloaded.refused else {}),
                )
