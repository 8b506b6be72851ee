/** Text on one line that shows something: names stand in lists, mails and logs. */
export const SINGLE_LINE = /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
