# What `digitlab serve` needs, no TensorFlow.  docs/serving.md says how to run it.
FROM python:3.11-slim AS build
COPY . /source
RUN python -m venv /opt/digitlab \
 && /opt/digitlab/bin/pip install --no-cache-dir --constraint /source/constraints.txt '/source[serve]'

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin digitlab
COPY --from=build /opt/digitlab /opt/digitlab
ENV PATH=/opt/digitlab/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=2)"]
ENTRYPOINT ["digitlab", "serve", "--host", "0.0.0.0", "--token-file", "/run/secrets/digitlab-token"]
