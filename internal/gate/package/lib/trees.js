'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { Refusal } = require('./refusal');

/**
 * Puts pairs of blobs into two trees, each pair under one name, so that one process compares them all. By the names of
 * the files it could not: git pairs and filters by them, and takes from the work tree what it holds to be the same.
 * The trees are in a store of their own, which is thrown away afterwards.
 * @template T
 * @param {import('./git').Repository} repository
 * @param {[string, string][]} pairs
 * @param {(repository: import('./git').Repository, trees: [string, string]) => T} read
 * @returns {T}
 */
function inTrees(repository, pairs, read) {
  const store = placed(() => fs.mkdtempSync(path.join(os.tmpdir(), 'pumuki-')));
  try {
    const trees = placed(() => [0, 1].map((side) => writeTree(store, pairs.map((pair) => pair[side]))));
    const { GIT_ALTERNATE_OBJECT_DIRECTORIES: others } = repository.env;
    const stores = [JSON.stringify(store), ...(others ? [others] : [])]; // quoted, because a colon would part the path
    return read(repository.with({ GIT_ALTERNATE_OBJECT_DIRECTORIES: stores.join(path.delimiter) }), trees);
  } finally {
    fs.rmSync(store, { recursive: true, force: true });
  }
}

/** What is made of temporary files, which need a place. */
function placed(make) {
  try {
    return make();
  } catch (error) {
    throw new Refusal(`temporary files have no place: ${error.message}`,
      'let TMPDIR name a folder that can be written to and has room');
  }
}

/** Writes a tree as git keeps it: to ask git would take a process for each. */
function writeTree(store, blobs) {
  const entries = Buffer.concat(blobs.flatMap((blob, i) => [
    Buffer.from(`100644 ${String(i).padStart(9, '0')}\0`), Buffer.from(blob, 'hex'), // in the order of their names
  ]));
  const tree = Buffer.concat([Buffer.from(`tree ${entries.length}\0`), entries]);
  const name = createHash(blobs[0].length === 40 ? 'sha1' : 'sha256').update(tree).digest('hex');
  const folder = path.join(store, name.slice(0, 2));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name.slice(2)), zlib.deflateSync(tree));
  return name;
}

module.exports = { inTrees };
