import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { quote } from '../../errors/quote.ts';
import { type ArchiveFile, archiveInvalid, EntryGate } from './archive.ts';
import type { PluginPackage } from './package-source.ts';
import { pluginInvalid, pluginOfProgram, programName } from './plugin-file.ts';
import { readTarGz } from './read-tar.ts';
import { readZip } from './read-zip.ts';

/** Everybody can read and execute; only the owner can write. */
const MODES = { program: 0o755, file: 0o644 };

/**
 * Unpacks a plugin: an archive, which is recognised by its first bytes, or else a single program.
 *
 * @param directory - It must be empty.
 * @returns The name of the plugin, from that of its program.
 * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function unpackPlugin(plugin: PluginPackage, directory: string): Promise<string> {
  const candidates: { name: string; executable: boolean }[] = [];
  for await (const file of filesOf(plugin)) {
    await writeFile(join(directory, file.name), file);
    const name = pluginOfProgram(file.name);
    if (name !== undefined) candidates.push({ name, executable: file.executable });
  }
  // Archives of some tools do not mark executable files.
  const executable = candidates.filter((candidate) => candidate.executable);
  const programs = executable.length > 0 ? executable : candidates;
  const [program, another] = programs;
  if (!program) throw archiveInvalid(`it has no program ${programName('{name}')} at its top level`);
  if (another) {
    throw archiveInvalid(
      `it has more than one program: ${programName(program.name)}, ${programName(another.name)}`,
    );
  }
  await chmod(join(directory, programName(program.name)), MODES.program);
  return program.name;
}

function filesOf({ bytes, fileName }: PluginPackage): AsyncIterable<ArchiveFile> {
  if (beginsWith(bytes, 0x50, 0x4b, 0x03, 0x04)) return readZip(bytes);
  if (beginsWith(bytes, 0x1f, 0x8b)) return readTarGz(bytes);
  return singleProgram(bytes, fileName);
}

async function* singleProgram(bytes: Uint8Array, fileName: string): AsyncGenerator<ArchiveFile> {
  const name = new EntryGate().admit({ path: fileName, kind: 'file' });
  if (name === undefined || pluginOfProgram(name) === undefined) {
    throw pluginInvalid(
      `${quote(fileName)} is neither a .zip, nor a .tar.gz, nor named ${programName('{name}')}`,
    );
  }
  yield { name, executable: true, content: [bytes] };
}

function beginsWith(bytes: Uint8Array, ...magic: number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}

async function writeFile(path: string, { executable, content }: ArchiveFile): Promise<void> {
  const file = await open(path, 'wx', executable ? MODES.program : MODES.file);
  try {
    for await (const chunk of content) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  // The creation mask may have taken permissions away.
  if (platform !== 'win32') await chmod(path, executable ? MODES.program : MODES.file);
}
