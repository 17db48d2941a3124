# Web, worker and encoder of compose.yaml. PIP_OPTIONS may name an index with wheels for this machine's processor alone,
# which are a tenth of the size.
FROM python:3.11.14-slim-bookworm

ARG PIP_OPTIONS=""
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 DATA_DIR=/data

RUN useradd --uid 10001 --create-home weaver && install --directory --owner=weaver --mode=0700 /data /backups
WORKDIR /app
COPY requirements.txt .
RUN pip install --disable-pip-version-check $PIP_OPTIONS --requirement requirements.txt
COPY . .

USER weaver
VOLUME ["/data", "/backups"]
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--bind", "0.0.0.0:8000", "--migrate"]
