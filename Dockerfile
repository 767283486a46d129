# kvaudit alone, for a user without rights:
#   docker build -t kvaudit . && docker run --rm --network none -v "$PWD/exports:/in:ro" kvaudit scan /in
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY kvaudit kvaudit
COPY rules rules
COPY docs/man docs/man
RUN python -m venv /opt/kvaudit && /opt/kvaudit/bin/pip install --no-cache-dir --disable-pip-version-check . \
 && /opt/kvaudit/bin/pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /opt/kvaudit /opt/kvaudit
USER 65532:65532
WORKDIR /in
ENTRYPOINT ["/opt/kvaudit/bin/kvaudit"]
CMD ["--help"]
