# The environment is made in one stage and used in another: no compiler, no caches in the image.
FROM python:3.11-slim AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /srv/venv
COPY requirements/run.txt /tmp/run.txt
RUN /srv/venv/bin/pip install --require-hashes -r /tmp/run.txt

FROM python:3.11-slim
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=loyalty_site.settings.production \
    DATA_DIR=/srv/data \
    STATIC_ROOT=/srv/static \
    LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /srv/data --create-home salon \
    && mkdir -p /srv/static && chown salon:salon /srv/static
COPY --from=environment /srv/venv /srv/venv
WORKDIR /srv/site
COPY . .
USER salon
# Throwaway values: collecting files needs settings that start, and none of these is kept.
RUN SECRET_KEY=only-to-collect-the-static-files-while-the-image-is-built-0123456789 \
    FIELD_ENCRYPTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    CODE_HASH_PEPPER=only-to-collect-the-static-files-while-building \
    ALLOWED_HOSTS=build.invalid BASE_URL=https://build.invalid \
    DEFAULT_FROM_EMAIL=build@build.invalid SINGLE_MACHINE=true \
    python manage.py collectstatic --noinput --verbosity 0
VOLUME /srv/data
EXPOSE 8000
CMD ["gunicorn", "loyalty_site.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
