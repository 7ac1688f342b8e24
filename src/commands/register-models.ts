import { InvalidArgumentError, Option, type Command } from 'commander';
import { CALIBRATED_FORMATS, type CalibratedFormat } from '../engine/calibrate/formats.js';
import { json, type Act } from './register.js';

/** `nexus models …`. */
export function addModels(program: Command, act: Act): void {
  const models = program.command('models').description('the models of the server');
  act(
    models.command('list').description('models on the server, and which roles use them').addOption(json()),
    async (context) => (await import('./models-list.js')).listModels(context),
  );
  act(
    models
      .command('pull')
      .argument('<name>', 'such as qwen2.5-coder:7b')
      .description('download a model; one that was broken off goes on where it was')
      .addOption(json('print progress as NDJSON')),
    async (context, [name = '']) => (await import('./models-pull.js')).pullModel(context, name),
  );
  act(
    models
      .command('use')
      .argument('<role>', 'overseer, coder or both')
      .argument('<model>', 'such as qwen2.5-coder:7b')
      .description('name the model of a role in .nexus.yml; the rest of the file stays as it is')
      .addOption(json()),
    async (context, [role = '', name = '']) =>
      (await import('./models-use.js')).useModel(context, role, name),
  );
  act(
    models
      .command('recommend')
      .description('models, quantisations and contexts for this machine, with the sum of their memory')
      .addOption(json()),
    async (context) => (await import('./models-recommend.js')).recommend(context),
  );
  act(
    models
      .command('load')
      .argument('[role]', 'overseer, coder or both; default: both')
      .description('read the models into memory with the configured context')
      .addOption(json()),
    async (context, [role]) => (await import('./models-load.js')).loadModels(context, role),
  );
  act(
    models
      .command('unload')
      .argument('[model]', 'a role, or the name of a model; default: both roles')
      .description('free the memory of models')
      .addOption(json()),
    async (context, [name]) => (await import('./models-unload.js')).unloadModels(context, name),
  );
  act(
    models
      .command('calibrate')
      .description('measure the models of the roles here: edits in each format, plans, speeds, context')
      .option('--role <role>', 'overseer, coder or both; default: both')
      .addOption(
        new Option(
          '--formats <names>',
          `only these, with commas between: ${CALIBRATED_FORMATS.join(', ')}`,
        ).argParser(readFormats),
      )
      .option('--again', 'measure anew also what is measured already')
      .addOption(json()),
    async (context, _, flags) => (await import('./models-calibrate.js')).calibrate(context, flags),
  );
}

function readFormats(text: string): CalibratedFormat[] {
  const formats = text.split(',').map((written) => {
    const format = CALIBRATED_FORMATS.find((each) => each === written.trim());
    if (format !== undefined) return format;
    throw new InvalidArgumentError(`There is no format ${JSON.stringify(written.trim())}.`);
  });
  return [...new Set(formats)];
}
