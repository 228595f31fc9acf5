/** The parts of CycloneDX (https://cyclonedx.org/docs/1.5/json/) that are read or written here. */
export interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly License[];
}

type License = { readonly license: { readonly id: string } } | { readonly expression: string };

/** A package of Debian, of which files are in the image. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** npm packages that have a licence and do not say so in their package.json. */
const UNSAID: Readonly<Record<string, string>> = {
  // Its LICENSE file.
  "color-convert@0.5.3": "MIT",
};

/** Data that is in our own files: the logos of badges, from `badge/logos.json`. */
const LOGOS = {
  "bom-ref": "simple-icons@16.37.0",
  type: "data",
  name: "simple-icons",
  version: "16.37.0",
  purl: "pkg:npm/simple-icons@16.37.0",
  licenses: [{ license: { id: "CC0-1.0" } }],
};

/** Of Debian's packages, by their `copyright` files. */
export const DEBIAN: Readonly<Record<string, string>> = {
  libc6: "LGPL-2.1-or-later",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
};

/**
 * The bill of materials of the image: `packages`, which `npm sbom` made, with the licences that it does not know, and with the logos, Node and
 * the libraries that Node loads. Throws an error that names every part whose licence nobody knows.
 */
export function imageSbom(packages: Sbom, nodeVersion: string, libraries: readonly DebianPackage[]): Sbom {
  const components = [
    ...packages.components.map(withLicense),
    LOGOS,
    nodePart(nodeVersion),
    ...libraries.map((library) => debianPart(library)),
  ];
  const unknown = components.filter((component) => licenseOf(component) === null);
  if (unknown.length > 0) {
    const names = unknown.map(({ name, version }) => `${name}@${version}`).join(", ");
    throw new Error(`Cannot list the licence of ${names}: look at its files, and add it to image/sbom.ts`);
  }
  // npm names the application for the folder that it was built in.
  const component = { ...packages.metadata.component, name: "global-cluster" };
  return { ...packages, metadata: { ...packages.metadata, component }, components };
}

/** An SPDX identifier or expression; null if it is not known. */
export function licenseOf({ licenses = [] }: Component): string | null {
  const texts = licenses.map((one) => ("license" in one ? one.license.id : one.expression));
  return texts.length > 0 && texts.every(Boolean) ? texts.join(" AND ") : null;
}

function withLicense(component: Component): Component {
  const id = UNSAID[`${component.name}@${component.version}`];
  return licenseOf(component) === null && id ? { ...component, licenses: [{ license: { id } }] } : component;
}

function nodePart(version: string) {
  return {
    "bom-ref": `node@${version}`,
    type: "application",
    name: "node",
    version,
    purl: `pkg:generic/node@${version}`,
    licenses: [{ license: { id: "MIT" } }],
  };
}

function debianPart({ name, version, architecture }: DebianPackage): Component {
  const expression = DEBIAN[name];
  const part = {
    "bom-ref": `${name}@${version}`,
    type: "library",
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
  };
  return expression ? { ...part, licenses: [{ expression }] } : part;
}
