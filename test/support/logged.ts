/** What this process writes to stderr, where its log goes, while `work` is under way. */
export async function loggedDuring(work: () => Promise<unknown>): Promise<string> {
  let logged = '';
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    logged += String(text);
    return true;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return logged;
}
