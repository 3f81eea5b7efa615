'use strict';

/** @type {import('./rule').Platform[]} */
const platforms = [require('./android'), require('./backend'), require('./frontend'), require('./ios')];

function platformOf(path) {
  return platforms.find((platform) => platform.covers(path));
}

module.exports = { platformOf, platforms };
