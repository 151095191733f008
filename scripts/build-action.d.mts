export function buildAction(directory: string): Promise<void>;
