"""The metrics that Prometheus reads from `/metrics`; with several workers, the sum over all of them."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # of the workers' metrics; set before this module is imported
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_IMAGES = (1, 2, 4, 8, 16, 64, 256, 1024)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Counter("digitlab_requests", "Requests", ("route", "code"), registry=registry)
        self._seconds = Histogram(
            "digitlab_request_seconds", "Time to the response", ("route",), buckets=_SECONDS, registry=registry
        )
        self._images = Histogram(
            "digitlab_batch_images", "Images in one call of a network", buckets=_IMAGES, registry=registry
        )
        self._rejected = Counter("digitlab_requests_rejected", "Rejected requests", ("reason",), registry=registry)
        self._in_flight = Gauge(
            "digitlab_requests_in_flight", "Requests in flight", registry=registry, multiprocess_mode="livesum"
        )
        self._bundles = Gauge(
            "digitlab_bundle_info",
            "1 for the current bundles",
            ("model", "version"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._reloads = Counter("digitlab_bundle_reloads", "Reloads of bundles", ("outcome",), registry=registry)

    def request(self, route: str, code: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(route, str(code)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, images: int) -> None:
        """One call of a network."""
        self._images.observe(images)

    def rejected(self, reason: str) -> None:
        """One request was rejected."""
        self._rejected.labels(reason).inc()

    def in_flight(self, count: int) -> None:
        """Set the number of requests in flight."""
        self._in_flight.set(count)

    def bundle(self, model: str, version: str, *, active: bool) -> None:
        """A version starts or stops answering."""
        self._bundles.labels(model, version).set(int(active))

    def reload(self, outcome: str) -> None:
        """A bundle was reloaded: changed, unchanged or refused."""
        self._reloads.labels(outcome).inc()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
