/** The parts of a reference to an artifact. */
export interface Reference {
  /** Host and optional port, such as `registry.example.com:5000`; `docker.io` for Docker Hub. */
  registry: string;
  /** Such as `library/alpine`. */
  repository: string;
  tag?: string;
  /** Such as `sha256:9f86…`. */
  digest?: string;
}
