# A small image of the command line and the workers, for a user who is not root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY config config
COPY feedback feedback
COPY streams streams
# All of the lock is fetched by its hashes; of that only what the program itself needs is installed.
RUN python -m pip download --no-deps --require-hashes --requirement requirements.lock --dest /wheels \
    && python -m pip install --no-index --find-links /wheels hatchling \
    && python -m pip wheel --no-index --find-links /wheels --no-deps --no-build-isolation --wheel-dir /wheels . \
    && python -m venv /opt/feedback \
    && /opt/feedback/bin/python -m pip install --no-index --find-links /wheels failure-feedback

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 feedback && mkdir /data && chown feedback /data
COPY --from=build /opt/feedback /opt/feedback
# The classifier is trained while the image is built, so that a worker is ready at once.
ENV PATH=/opt/feedback/bin:$PATH FEEDBACK_DB=/data/feedback.db FEEDBACK_CACHE=/opt/feedback/classifiers
RUN feedback train && chown -R feedback /opt/feedback/classifiers
USER feedback
VOLUME /data
EXPOSE 6066 6067
ENTRYPOINT ["feedback"]
CMD ["--help"]
