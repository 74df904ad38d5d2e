import type { Provider } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox } from '../../../platform/secrets/sealed-box.ts';
import { SigningKeyStore } from './signing-key-store.ts';
import { SigningKeys } from './signing-keys.ts';
import { StoredSigningKeys } from './stored-signing-keys.ts';

const DAY_MS = 86_400_000;

export const signingKeysProvider: Provider = {
  provide: SigningKeys,
  inject: [APP_CONFIG, DATABASE, COORDINATOR_KEYS],
  useFactory: ({ auth }: AppConfig, database: Database, keys: CoordinatorKeys): Promise<SigningKeys> => {
    const box = sealedBox(keys, 'oauth/keys');
    const store = new SigningKeyStore(database, box, auth.signingKeyDays * DAY_MS);
    return StoredSigningKeys.open(store, { believedMs: auth.tokenCacheMs });
  },
};
