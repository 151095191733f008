// What was done, at the edge of the page, with a way back; screen readers say it.
import { type Child, element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { messageOf } from '../ui/message-of.ts';

/** Says what was done and what failed. */
export class Notices {
  readonly #region: HTMLElement;

  /** @param region - An element with the role `status`. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** @param undo - Takes it back. */
  say(text: string, undo?: () => Promise<void>): void {
    this.#show(
      icon('passed'),
      element('span', { class: 'wrap' }, text),
      undo &&
        element(
          'button',
          { type: 'button', class: 'link', click: () => void this.attempt(undo, 'This was undone.') },
          'Undo',
        ),
    );
  }

  /** Says that something failed. */
  fail(error: unknown): void {
    this.#show(icon('error'), element('span', { class: 'wrap' }, messageOf(error)));
  }

  /** Does something, and says that it was done or why not; returns whether it was. */
  async attempt(action: () => Promise<void>, done: string, undo?: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      this.say(done, undo);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  #show(...children: Child[]): void {
    this.#region.replaceChildren(
      element(
        'div',
        { class: 'notice' },
        ...children,
        element(
          'button',
          {
            type: 'button',
            class: 'icon-button',
            'aria-label': 'Dismiss',
            title: 'Dismiss',
            click: () => this.#region.replaceChildren(),
          },
          icon('failed'),
        ),
      ),
    );
  }
}
