"""The metrics that Prometheus reads from `/metrics`; with several workers, the sum over all of them."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from digitlab.serve.settings import SHARED_FOLDER

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_IMAGES = (1, 2, 4, 8, 16, 64, 256, 1024)


class Metrics:
    """The metrics of one process; those of reloads are by outcome: changed, unchanged or refused."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter("digitlab_requests", "Requests", ("route", "code"), registry=registry)
        self.seconds = Histogram(
            "digitlab_request_seconds", "Time to the response", ("route",), buckets=_SECONDS, registry=registry
        )
        self.images = Histogram(
            "digitlab_batch_images", "Images in one call of a network", buckets=_IMAGES, registry=registry
        )
        self.rejected = Counter("digitlab_requests_rejected", "Rejected requests", ("reason",), registry=registry)
        self.in_flight = Gauge(
            "digitlab_requests_in_flight", "Requests in flight", registry=registry, multiprocess_mode="livesum"
        )
        self.bundles = Gauge(
            "digitlab_bundle_info",
            "1 for the current bundles",
            ("model", "version"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.reloads = Counter("digitlab_bundle_reloads", "Reloads of bundles", ("outcome",), registry=registry)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
