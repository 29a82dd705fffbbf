/** Every failure of the package: a real `Error` with a stable `code`. */
export class JiesuError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'JiesuError';
    this.code = code;
  }
}

/** Turns whatever was thrown into a {@link JiesuError}. */
export function asJiesuError(thrown) {
  if (thrown instanceof JiesuError) return thrown;
  if (thrown instanceof Error && typeof thrown.code === 'string') return new JiesuError(thrown.code, thrown.message, { cause: thrown });
  // A trap of the module is a fault of ours, never of the input.
  if (thrown instanceof WebAssembly.RuntimeError) return new JiesuError('internal', `the module trapped: ${thrown.message}`, { cause: thrown });
  return new JiesuError('internal', String(thrown?.message ?? thrown), { cause: thrown });
}

/** An error as it crosses to another thread. */
export const toWire = (thrown) => {
  const { code, message, stack } = asJiesuError(thrown);
  return { code, message, stack };
};

/** And back. The stack of the other thread is kept as the cause. */
export const fromWire = ({ code, message, stack }) => {
  const cause = Object.assign(new Error(message), { stack });
  return new JiesuError(code, message, { cause });
};
