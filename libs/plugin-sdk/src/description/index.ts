export {
  DESCRIPTION_FILE,
  LONGEST_DESCRIPTION,
  pluginDescription,
  pluginDescriptionSchema,
  type PluginDescription,
} from './plugin-description.ts';
