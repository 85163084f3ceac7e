# syntax=docker/dockerfile:1

# Builds:  docker build --tag dateline .
# Runs:    docker run --publish 8080:8080 --volume dateline:/data dateline
# With PostgreSQL, add:  --env DATELINE_DATABASE_URL=postgres://USER:PASSWORD@HOST/NAME

FROM rust:1-slim-trixie AS build
WORKDIR /dateline
COPY . .
# The caches outlive the build, the binary must not: it is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/dateline/target \
    cargo build --release --locked --package dateline \
    && cp target/release/dateline /usr/local/bin/dateline

FROM debian:trixie-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin dateline \
    && install --directory --owner dateline --group dateline /data
# To know the issuer of OpenID Connect tokens by its certificate.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/local/bin/dateline /usr/local/bin/dateline

# A number, so that an orchestrator can see that it is not root.
USER 10001
WORKDIR /data
VOLUME /data
ENV DATELINE_LISTEN=0.0.0.0:8080 \
    DATELINE_DATABASE_URL=sqlite:/data/dateline.db
EXPOSE 8080

# No HEALTHCHECK: the image holds nothing that could ask. Let the orchestrator ask /healthz (alive) and /readyz (ready).
# The server stops on SIGTERM after finishing what is in flight, for at most DATELINE_SHUTDOWN_GRACE_MS (30 seconds);
# give it that long (docker stop --time 35, terminationGracePeriodSeconds: 35).
ENTRYPOINT ["dateline"]
CMD ["serve"]
