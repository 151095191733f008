/** An image that a page names, and the element that stands for it. */
export interface NamedImage {
  /** As `imageName` writes it. */
  image: string;
  element: Element;
}

/** Reads one kind of page. */
export interface PageReader {
  /**
   * Returns the image that the page at an address is about, if it is about one. A link to such a page names the same image.
   * @param registry - The host of the registry, for pages whose address does not decide it.
   */
  imageAt(url: URL, registry: string): string | undefined;
  /** Finds the elements that stand for images without being links to their pages; only where the structure is public. */
  marked?(document: ParentNode, url: URL, registry: string): Iterable<NamedImage>;
}
