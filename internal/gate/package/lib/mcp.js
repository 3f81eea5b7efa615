'use strict';

const readline = require('node:readline');
const { name, version } = require('../package.json');
const { evidenceState } = require('./evidence');
const { Repository } = require('./git');
const { Refusal } = require('./refusal');

// The first is what a client gets that asks for one that is not here.
const PROTOCOLS = ['2025-06-18', '2025-03-26', '2024-11-05'];

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const UNKNOWN_METHOD = -32601;
const INVALID_PARAMS = -32602;

const TOOL = {
  name: 'evidence_state',
  description: 'What the last stage of the gate left in this repository: stage, outcome, number of findings, branch.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
};

/** The client asked for what there is not. */
class RpcError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The methods, by name: parameters to result. */
const METHODS = {
  initialize: (params) => ({
    protocolVersion: PROTOCOLS.includes(params?.protocolVersion) ? params.protocolVersion : PROTOCOLS[0],
    capabilities: { tools: {} },
    serverInfo: { name, version },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [TOOL] }),
  'tools/call': (params) => {
    if (params?.name !== TOOL.name) {
      throw new RpcError(INVALID_PARAMS, `unknown tool: ${params?.name}`);
    }
    return called();
  },
};

function called() {
  try {
    const state = evidenceState(Repository.at(process.cwd()));
    return { content: [{ type: 'text', text: JSON.stringify(state) }], structuredContent: state, isError: false };
  } catch (error) {
    if (error instanceof Refusal) {
      return { content: [{ type: 'text', text: `${error.message}; ${error.mend}` }], isError: true };
    }
    throw error;
  }
}

/** Answers the Model Context Protocol, one JSON-RPC message a line, until standard input closes. */
function serve() {
  readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const answer = line.trim() && answerTo(line);
    if (answer) {
      process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...answer })}\n`);
    }
  });
}

/** @returns {undefined | object} undefined for a notification, which gets no answer */
function answerTo(line) {
  let message;
  try {
    message = JSON.parse(line);
  } catch (error) {
    return { id: null, error: { code: PARSE_ERROR, message: error.message } };
  }
  const { id, method, params } = message ?? {};
  if (message?.jsonrpc !== '2.0' || typeof method !== 'string') {
    return { id: id ?? null, error: { code: INVALID_REQUEST, message: 'not a request of JSON-RPC 2.0' } };
  }
  return id === undefined ? undefined : { id, ...outcomeOf(method, params) };
}

function outcomeOf(method, params) {
  try {
    if (!Object.hasOwn(METHODS, method)) {
      throw new RpcError(UNKNOWN_METHOD, `unknown method: ${method}`);
    }
    return { result: METHODS[method](params) };
  } catch (error) {
    if (error instanceof RpcError) {
      return { error: { code: error.code, message: error.message } };
    }
    throw error;
  }
}

module.exports = { serve };
