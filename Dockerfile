# The image of everything that runs in a cluster: counter, operator, and the programs that the chart and the store start.
# Build: docker build -t global-cluster:dev .
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
# Types, source maps, documents and other platforms' builds are never read by Node; they are half of it all. Licences stay.
RUN find node_modules -type f \( -name '*.d.ts' -o -name '*.d.[cm]ts' -o -name '*.map' -o -iname '*.md' -o -name '*.tsbuildinfo' \) -delete \
 && find node_modules -type d \( -name test -o -name tests -o -name example -o -name examples -o -name prebuilds \) -prune -exec rm -rf {} + \
 && rm -rf node_modules/@types \
 && find node_modules -type d -empty -delete

FROM ${BASE} AS program
# Nothing is installed into a running container.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY proto proto
COPY internal internal
COPY cmd cmd
ENV NODE_ENV=production

FROM program AS compiled
# A cache belongs to the user that wrote it, and Node looks for it under that user's id: it is written as who will read it.
ENV NODE_COMPILE_CACHE=/tmp/compiled
USER 1000:1000
# A node that serves its page and drains has compiled what a start needs; of the other programs loading is enough.
# Some builders share the machine's network, with other builds of this too: so it takes a port that hardly anybody has.
RUN port=$(shuf -i 20000-30000 -n 1); node cmd/node.ts --port "$port" --store etcd://127.0.0.1:1 --data-dir none & node=$! \
 && url="http://127.0.0.1:$port/" timeout 60 node -e 'const look = () => fetch(process.env.url, { method: "HEAD" }).catch(() => setTimeout(look, 100)); look()' \
 && kill "$node" && wait "$node" \
 && for program in cmd/*.ts; do node "$program" --help >/dev/null </dev/null || exit 1; done

FROM program
COPY --from=compiled /tmp/compiled /app/compiled
# Read only at run time: Node reads what is there and cannot add to it.
ENV NODE_COMPILE_CACHE=/app/compiled
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="global-cluster" \
      org.opencontainers.image.description="Exact counting on Kubernetes: every acknowledged hit is counted exactly once." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A new volume takes its owner from here.
RUN install -d -o 1000 -g 1000 /data
USER 1000:1000
EXPOSE 4000 4001 8080
# Node is process 1, so that SIGTERM reaches it: no shell and no npm between.
ENTRYPOINT ["node"]
CMD ["cmd/node.ts"]
