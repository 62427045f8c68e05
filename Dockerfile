# One image for the cloud and for a box; compose says which command it runs.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
# Set-up brings the compiler, the packages and the build; what only building needs does not go into the image.
RUN node tools/bootstrap.mjs --for start \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} + \
 && rm -rf .tactus

FROM node:20-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libasound2 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /var/lib/tactus
COPY --from=build /app /app
ENV NODE_ENV=production
WORKDIR /var/lib/tactus
# Sound cards belong to the group "audio".
RUN usermod --append --groups audio node
USER node
ENTRYPOINT ["node", "/app/bin/tactus.mjs"]
CMD ["--help"]
