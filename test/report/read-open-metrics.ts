/** A sample of a metric. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const METADATA = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (-?\d+(?:\.\d+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/y;

/**
 * Reads gauges of OpenMetrics text strictly, by the grammar of its specification: metadata before samples, families that are
 * not interleaved, no label set twice, and `# EOF` at the end and nowhere else.
 */
export function readOpenMetrics(text: string): Sample[] {
  const lines = text.split('\n');
  if (lines.pop() !== '# EOF') throw new Error('it does not end with # EOF');
  const samples: Sample[] = [];
  const families: string[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const [, , family] = METADATA.exec(line) ?? [];
    if (family !== undefined) {
      if (family !== families.at(-1) && families.includes(family))
        throw new Error(`${family} is interleaved`);
      if (samples.at(-1)?.name === family) throw new Error(`${family} has metadata after samples`);
      if (family !== families.at(-1)) families.push(family);
      continue;
    }
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    if (value === undefined) throw new Error(`not a line of OpenMetrics: ${line}`);
    if (name !== families.at(-1)) throw new Error(`${name} is not in its family`);
    if (seen.has(`${name}{${labels}}`)) throw new Error(`a label set is there twice: ${labels}`);
    seen.add(`${name}{${labels}}`);
    samples.push({ name, labels: labelsOf(labels), value: Number(value) });
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    LABEL.lastIndex = at;
    const [all = '', name = '', value = ''] = LABEL.exec(text) ?? [];
    if (all === '' || name in labels) throw new Error(`not labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
    at += all.length;
  }
  return labels;
}
