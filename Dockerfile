# Two stages: the first compiles llama.cpp and installs the locked packages, the second runs them as an ordinary user.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential make && rm -rf /var/lib/apt/lists/*
WORKDIR /workbench
COPY setup setup
COPY pyproject.toml README.md requirements.lock ./
COPY app/__init__.py app/
COPY llm/__init__.py llm/
COPY pipelines/__init__.py pipelines/
COPY workbench/__init__.py workbench/
# An image runs on other processors than the one it is built on, so llama.cpp gets a common baseline instead of `native`.
RUN python setup/install.py --portable

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 workbench && mkdir /data /models && chown workbench /data /models
WORKDIR /workbench
COPY --from=build /workbench/.venv .venv
COPY . .
ENV PATH=/workbench/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER workbench
EXPOSE 8000
CMD ["python", "panel_serve.py"]
