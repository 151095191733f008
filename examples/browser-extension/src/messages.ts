// Every message between the parts of the extension, with its response. Images are written as references:
// `registry.example.com/team/app:v1`. No message from a page decides anything: names in it are only questions.
import type { ExtensionApi } from './extension-api.ts';
import type { PageSetting } from './pages/page.ts';
import type { ImageDetails, ImageState, StateKind } from './state.ts';

/** The messages that the background answers, by `type`. */
export interface Requests {
  /** From the content script: how its page is read; `undefined` if it is not enabled. */
  'page-opened': { message: object; response: PageSetting | undefined };
  /** From the content script: the page is left. */
  'page-closed': { message: object; response: undefined };
  /** From the content script: the images that the page names, each time that they change. */
  seen: { message: { images: string[]; omitted: number }; response: undefined };
  /** From the content script: those of them that are in view. Only these are evaluated. */
  visible: { message: { images: string[] }; response: undefined };
  /** From the popover and the side panel. */
  'state-of-tab': { message: { tabId: number }; response: TabState };
  /** From the popover and the side panel: `undefined` if the image was not evaluated. */
  details: { message: { image: string }; response: ImageDetails | undefined };
  /** From the popover and the side panel: evaluates the image, even if its verdict is known or nobody sees the image. */
  retry: { message: { tabId: number; image: string }; response: undefined };
  /** From the popover and the side panel: match patterns of origins that images of the tab need and that are not permitted. */
  'permissions-needed': { message: { tabId: number }; response: { origins: string[] } };
}

export type RequestType = keyof Requests;
export type Message<Type extends RequestType = RequestType> = {
  [Each in Type]: { type: Each } & Requests[Each]['message'];
}[Type];

/** What the background says unrequested. */
export type Notice =
  /** To the content script: the states of its images that are known now. */
  | { type: 'states'; states: Record<string, StateKind> }
  /** To the popover and the side panel: the state of a tab is another one. Fetch it again with `state-of-tab`. */
  | { type: 'tab-changed'; tabId: number };

/** What the extension knows about a tab. */
export interface TabState {
  /** How the page is read; absent if the extension is not enabled on it. */
  page?: PageSetting | undefined;
  /** The page setting that would enable the extension on this page, if the page is of a kind that it knows. */
  suggestion?: PageSetting | undefined;
  /** The image that the address of the page names. The badge of the toolbar is about this one. */
  address?: string | undefined;
  /** The images of the page: first the one of the address, then in the order of the page. */
  images: TabImage[];
  /** How many more images the page names, which are left out. */
  omitted: number;
}

/** One image of a page. */
export interface TabImage {
  image: string;
  /**
   * `not-requested`: it was not in view yet. `waiting`: for others that are evaluated first. `evaluating`: now. `done`: it has a
   * state.
   */
  progress: 'not-requested' | 'waiting' | 'evaluating' | 'done';
  state?: ImageState | undefined;
}

/** What the background sends back: the response, or why there is none. */
export type Answer<Type extends RequestType> = { response: Requests[Type]['response'] } | { error: string };

/**
 * Sends a message to the background and returns its response.
 * @throws Error with the reason if the background could not handle the message
 */
export async function send<Type extends RequestType>(
  api: Pick<ExtensionApi, 'runtime'>,
  message: { type: Type } & Requests[Type]['message'],
): Promise<Requests[Type]['response']> {
  const answer = (await api.runtime.sendMessage(message)) as Answer<Type>;
  if ('error' in answer) throw new Error(answer.error);
  return answer.response;
}
