// Errors as windlass shows them, and `console`. The file is yours: change what you like.
import { log } from 'windlass:plugin/host@0.1.0';

/** Work that failed; `message` is one sentence for a person. */
export const failed = (message) => ({ tag: 'failed', val: { message, exitCode: null } });

/** A request that asks for something that the plugin cannot do; `field` is its path in the request. */
export const unsupported = (field, reason) => ({ tag: 'unsupported', val: { field, reason } });

/**
 * Lets a function of the plugin end with an exception. What `failed` and `unsupported` make, and what a call to windlass threw, passes as it is:
 * windlass then says what would grant a power that is missing. Any other exception becomes a failure with its message.
 */
export const shown = (work) => (...given) => {
  try {
    return work(...given);
  } catch (error) {
    // What a call to windlass threw has the error of windlass as its payload.
    const known = error?.payload ?? error;
    if (typeof known?.tag === 'string') throw known;
    if (error?.stack) log('warning', String(error.stack));
    throw failed(String(error));
  }
};

const lines = (level) => (...words) => log(level, words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
globalThis.console = { debug: lines('debug'), log: lines('info'), info: lines('info'), warn: lines('warning'), error: lines('error') };
