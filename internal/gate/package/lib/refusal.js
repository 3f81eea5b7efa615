'use strict';

/**
 * The gate could not do what it was asked, for a reason outside the code that it judges. A refusal is no
 * verdict: it leaves no evidence behind, which is how a caller tells it from a block although both exit 1.
 */
class Refusal extends Error {
  /**
   * @param {string} reason what is in the way, in one line
   * @param {string} mend what the reader can do about it, in one line
   */
  constructor(reason, mend) {
    super(reason);
    this.mend = mend;
  }
}

module.exports = { Refusal };
