// The files of a directory that the user chose or dropped.
import type { PickedFile } from './notation-import.ts';

/** A directory with more files is not that of notation. */
const MAX_FILES = 5000;
const MAX_DEPTH = 8;

/** Returns the files of an input, with their paths if a directory was chosen. */
export function chosenFiles({ files }: HTMLInputElement): PickedFile[] {
  return [...(files ?? [])].map((file) => pickedFile(file, file.webkitRelativePath || file.name));
}

/**
 * Returns the files that were dropped, and those in directories that were.
 * @throws Error for more files than a configuration has
 */
export async function droppedFiles({ items }: DataTransfer): Promise<PickedFile[]> {
  // The list is emptied when the handler of the event returns.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: PickedFile[] = [];
  for (const entry of entries) await collect(entry, files, 0);
  return files;
}

async function collect(entry: FileSystemEntry, files: PickedFile[], depth: number): Promise<void> {
  if (files.length >= MAX_FILES || depth > MAX_DEPTH) {
    throw new Error(`the directory has more than ${MAX_FILES} files or is too deep: choose that of notation`);
  }
  if (isFile(entry)) {
    const file = await new Promise<File>((done, fail) => entry.file(done, fail));
    files.push(pickedFile(file, entry.fullPath.replace(/^\//, '')));
  } else if (isDirectory(entry)) {
    const reader = entry.createReader();
    const readSome = () => new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    for (let some = await readSome(); some.length > 0; some = await readSome()) {
      for (const inner of some) await collect(inner, files, depth + 1);
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function pickedFile(file: File, path: string): PickedFile {
  return { path, size: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) };
}
