'use strict';

const { name, version } = require('../package.json');
const { Repository } = require('./git');
const { diagnose, statusOf } = require('./health');
const { install, uninstall } = require('./install');
const { serve } = require('./mcp');
const { Refusal } = require('./refusal');
const { remove } = require('./remove');
const { closeSession, currentSession, openSession } = require('./sdd');
const { STAGES, runStage } = require('./stages');

const PASSED = 0;
const BLOCKED = 1; // a refusal too: to a hook both mean stop
const WRONG_CALL = 2;

const HELP = `${name} ${version}: the embedded reference gate, not the product

usage:
  pumuki pre-write | pre-commit | pre-push | ci    judge a stage (also: pumuki-pre-write, ...)
  pumuki sdd session --open --change=ID            work on openspec/changes/ID
  pumuki sdd session --close
  pumuki sdd status
  pumuki install                                   let git call the gate
  pumuki uninstall                                 take away what install and the gate put there
  pumuki remove                                    the same, then npm uninstall pumuki
  pumuki status [--json]                           what there is of the gate here
  pumuki doctor [--json]                           is all in place? exit 1 where not
  pumuki mcp-evidence-stdio                        speak MCP (also: pumuki-mcp-evidence-stdio)
  pumuki --version | --help

exit: 0 passed, 1 blocked or cannot judge, 2 wrong call
`;

/** Runs one command line; only here an outcome becomes an exit code. */
function main(args) {
  // A reader that closes the pipe early (| head) has no say in the verdict.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  process.exitCode = run(args);
}

function run(args) {
  const [command, ...rest] = args;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return PASSED;
  }
  if (args.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return PASSED;
  }
  if (Object.hasOwn(STAGES, command)) {
    // git hands its hooks arguments, and whoever forwards them means no harm; an option is a mistake.
    return rest.some((arg) => arg.startsWith('-')) ? wrongCall(args) : judged(command, rest);
  }
  if (Object.hasOwn(COMMANDS, command)) {
    return COMMANDS[command](rest) ?? wrongCall(args);
  }
  return wrongCall(args);
}

/** The commands beside the stages: arguments to exit code, undefined where they are none of it. */
const COMMANDS = {
  sdd,
  install: alone(() => done('install', () => install(here()).map((file) => `in place: ${shown(file)}`))),
  // The product keeps its artifacts without that option; this gate never does.
  uninstall: alone(() => done('uninstall', () => withdrawal(uninstall(here()))), '--purge-artifacts'),
  remove: alone(() => done('remove', () => withdrawal(remove(here())))),
  status: told('tell the status', statusOf, statusLines, () => PASSED),
  doctor: told('examine', diagnose, diagnosisLines, ({ healthy }) => (healthy ? PASSED : BLOCKED)),
  'mcp-evidence-stdio': alone(() => {
    serve();
    return PASSED;
  }),
};

/** A command without arguments, but for one that changes nothing. */
function alone(action, without) {
  return (rest) => (rest.every((arg) => arg === without) ? action() : undefined);
}

/** A command that tells what it found: in lines, or with --json as one document, a refusal too. */
function told(what, find, lines, exitOf) {
  return ([...rest]) => {
    const json = rest.length === 1 && rest[0] === '--json';
    if (rest.length > 0 && !json) {
      return undefined;
    }
    const refused = ({ message, mend }) => json && printJSON({ refused: { reason: message, mend } });
    return orRefused(what, () => {
      const found = find(here());
      if (json) {
        printJSON(found);
      } else {
        process.stdout.write(lines(found));
      }
      return exitOf(found);
    }, refused);
  };
}

function printJSON(value) {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** @returns {number | undefined} undefined where it is none of its commands */
function sdd([command, ...rest]) {
  if (command === 'status' && rest.length === 0) {
    return done('read the session', () => statusLine(currentSession(here())));
  }
  if (command !== 'session') {
    return undefined;
  }
  if (rest.length === 1 && rest[0] === '--close') {
    return done('close the session', () => (closeSession(here()) ? 'session closed' : 'no session was open'));
  }
  const change = rest.find((arg) => arg.startsWith('--change='))?.slice('--change='.length);
  if (rest.length === 2 && rest.includes('--open') && change) {
    return done('open the session', () => {
      const session = openSession(here(), change);
      return `session open: ${session.change} until ${session.expires_at}`;
    });
  }
  return undefined;
}

function wrongCall(args) {
  process.stderr.write(`pumuki: unknown command: ${args.map(shown).join(' ') || '(none)'}\n\n${HELP}`);
  return WRONG_CALL;
}

function here() {
  return Repository.at(process.cwd());
}

function judged(stage, args) {
  return orRefused(`judge ${stage}`, () => {
    const { outcome, findings, files, platforms } = runStage(stage, process.cwd(), args);
    process.stdout.write(report(stage, outcome, findings, files, platforms));
    return outcome === 'BLOCK' ? BLOCKED : PASSED;
  });
}

/** An action that succeeds with what it has to say: a line, or several. */
function done(what, action) {
  return orRefused(what, () => {
    process.stdout.write([action()].flat().map((line) => `pumuki: ${line}\n`).join(''));
    return PASSED;
  });
}

function orRefused(what, action, refused = () => {}) {
  try {
    return action();
  } catch (error) {
    refused(error);
    const mend = error instanceof Refusal ? `mend: ${error.mend}` : `a defect of the gate: ${error.stack}`;
    process.stderr.write(`pumuki: cannot ${what}: ${error.message}\n${mend}\n`);
    return BLOCKED;
  }
}

/** One line per place, the verdict last. */
function report(stage, outcome, findings, files, platforms) {
  const lines = findings.flatMap(({ ruleId, severity, message, file, lines: numbers }) => {
    const places = numbers.length > 0 ? numbers.map((line) => `${shown(file)}:${line}`) : [shown(file)];
    return places.map((place) => `${place}  ${severity}  ${ruleId}  ${message}`);
  });
  const looked = platforms.map(({ name: platform }) => platform).join(', ') || 'no source';
  return [
    ...lines,
    `pumuki ${stage}: ${outcome}, ${lines.length} found in ${files.length} changed source files (${looked})`,
    '',
  ].join('\n');
}

function statusLine(session) {
  if (!session) {
    return 'no session is open';
  }
  return `session ${shown(session.change)}: ${session.faults.length > 0 ? session.faults.join('; ') : 'valid'}`;
}

/** One line for each file that the gate was in, or that there is none. */
function withdrawal(changes) {
  const lines = changes.map(({ file, text }) => `${text === null ? 'taken away' : 'taken out of'}: ${shown(file)}`);
  return lines.length > 0 ? lines : ['there was nothing of it here'];
}

function statusLines({ version: is, root, hooks, session, evidence: { state, stage, outcome } }) {
  return [
    `pumuki ${is} in ${shown(root)}`,
    ...hooks.map(({ name: hook, state: hookState }) => `hook ${hook}: ${hookState}`),
    statusLine(session),
    `evidence: ${state === 'present' ? `${shown(String(outcome))} at ${shown(stage)}` : state}`,
    '',
  ].join('\n');
}

function diagnosisLines({ version: is, root, healthy, issues }) {
  return [
    ...issues.flatMap(({ what, mend }) => [`pumuki: ${shown(what)}`, `mend: ${mend}`]),
    `pumuki ${is} in ${shown(root)}: ${healthy ? 'all is in place' : `${issues.length} not in place`}`,
    '',
  ].join('\n');
}

/** A name that could pass for another line or colour the terminal is quoted. */
function shown(text) {
  return /[\p{Cc}\u2028\u2029]/u.test(text) ? JSON.stringify(text) : text;
}

module.exports = { main };
