# Two images from one file:
#   docker build --target bot    -t atelier-bot .      slim: no torch, and no worker of its own
#   docker build --target worker -t atelier-worker .   trains and draws; shares the data volume with the bot
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 ATELIER_DATA_DIR=/data
RUN useradd --create-home --uid 10001 atelier && mkdir /data && chown atelier /data
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY domain domain
COPY storage storage
COPY backends backends
COPY services services
COPY bot bot
COPY cogs cogs
COPY worker worker
COPY checkpoints checkpoints
COPY playground playground
COPY demo demo
VOLUME /data

FROM base AS worker
RUN pip install --constraint constraints.txt '.[local]'
USER atelier
ENTRYPOINT ["python", "-m", "bot", "worker"]

FROM base AS bot
RUN pip install --constraint constraints.txt .
USER atelier
ENV ATELIER_WORKER=false
ENTRYPOINT ["python", "-m", "bot", "run"]
