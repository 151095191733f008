import { usageError } from '../arguments.ts';
import { type CommandEntry, defineCommand } from '../command.ts';
import { completionScript, SHELLS } from '../completion.ts';
import { EXIT } from '../exit-code.ts';
import { oneOf } from '../options/policy.ts';

/** Makes the command, which completes the names of all commands. */
export const completionCommand = (
  commands: Readonly<Record<string, CommandEntry>>,
  groups: Readonly<Record<string, string>>,
) =>
  defineCommand({
    description: `Print a script that completes commands and flags in a shell: ${SHELLS.join(', ')}.`,
    operands: [{ name: 'shell' }],
    flags: {},
    examples: [
      {
        title: 'In bash, now and in each new shell',
        line: 'completion bash > ~/.local/share/bash-completion/completions/notarykit',
      },
      { title: 'In zsh', line: 'completion zsh > ~/.zsh/completions/_notarykit' },
      { title: 'In fish', line: 'completion fish > ~/.config/fish/completions/notarykit.fish' },
    ],
    async run({ operands: [given], terminal: { print } }) {
      const shell = oneOf(SHELLS, given);
      if (!shell) throw usageError(`the argument <shell> must be one of ${SHELLS.join(', ')}`, 'completion');
      print(await completionScript(shell, commands, groups));
      return EXIT.success;
    },
  });
