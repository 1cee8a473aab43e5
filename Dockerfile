# pingconf with its extras, and nothing else: docker build --tag pingconf .
# Run: docker run --rm --read-only --env-file FILE --volume "$PWD:/work" pingconf plan
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY pingconf ./pingconf
# As in the Makefile: not only what is installed is pinned, but also what builds it.
RUN python -m venv /opt/pingconf \
    && PIP_CONSTRAINT=/source/constraints.txt PIP_BUILD_CONSTRAINT=/source/constraints.txt \
       /opt/pingconf/bin/python -m pip --disable-pip-version-check install --no-cache-dir '.[remote,notify]' \
    && /opt/pingconf/bin/python -m pip --disable-pip-version-check uninstall --yes pip

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="pingconf" \
      org.opencontainers.image.description="SCIM provisioning from PingOne to Infisical as code" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/pingconf /opt/pingconf
# Nothing is written but to the folder it works in, so the root file system may be read-only.
ENV PATH=/opt/pingconf/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["pingconf"]
CMD ["--help"]
