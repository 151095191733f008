// The settings while the options page is open: one copy, changed one edit at a time, with what listens to it.
import type { ExtensionApi } from '../extension-api.ts';
import { changesSettings, loadSettings, type Settings, saveSettings } from '../settings.ts';

/** Makes settings of other settings. */
export type Edit = (settings: Settings) => Settings;

/** The settings, as they are stored. */
export class SettingsStore {
  readonly #storage: ExtensionApi['storage'];
  readonly #listeners: ((settings: Settings) => void)[] = [];
  #settings: Settings;
  /** Edits that overlap would lose each other's changes. */
  #last: Promise<void> = Promise.resolve();

  private constructor(storage: ExtensionApi['storage'], settings: Settings) {
    this.#storage = storage;
    this.#settings = settings;
    storage.onChanged.addListener((changes, area) => {
      if (area === 'local' && changesSettings(changes)) void this.#reload();
    });
  }

  /** @throws SettingsError if what is stored are not settings */
  static async open(storage: ExtensionApi['storage']): Promise<SettingsStore> {
    return new SettingsStore(storage, await loadSettings(storage.local));
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Calls a listener now, and each time that the settings change. */
  watch(listener: (settings: Settings) => void): void {
    this.#listeners.push(listener);
    listener(this.#settings);
  }

  /** Stores what an edit makes of the settings as they are stored now: another page may have changed them. */
  change(edit: Edit): Promise<void> {
    const changed = this.#last.then(async () => {
      const settings = edit(await loadSettings(this.#storage.local));
      await saveSettings(this.#storage.local, settings);
      this.#show(settings);
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  }

  async #reload(): Promise<void> {
    this.#show(await loadSettings(this.#storage.local));
  }

  #show(settings: Settings): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    for (const listener of this.#listeners) listener(settings);
  }
}
