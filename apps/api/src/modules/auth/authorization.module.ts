import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { EarlyHandlers } from '../../platform/http/early-handlers.ts';
import { RateLimits } from '../../platform/limits/rate-limits.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import { BegunFlows } from './oauth/begun-flows.ts';
import { ClientDocuments } from './oauth/client-documents.ts';
import { documentRules } from './oauth/document-rules.ts';
import { FlowPages } from './oauth/flow-pages.ts';
import { Grants } from './oauth/grants.ts';
import { HttpsClientDocuments } from './oauth/https-client-documents.ts';
import { Interactions } from './oauth/interactions.ts';
import { KeptDocuments } from './oauth/kept-documents.ts';
import { LibraryInteractions } from './oauth/library-interactions.ts';
import { pollInterval } from './oauth/device-polling.ts';
import { makeOauthServer } from './oauth/make-oauth-server.ts';
import { OauthServer } from './oauth/oauth-server.ts';
import { OidcRecords } from './oauth/oidc-records.ts';
import { RecordSweeper } from './oauth/record-sweeper.ts';
import { RegisteredClients } from './oauth/registered-clients.ts';
import { registrationDoor } from './oauth/registration-door.ts';
import { SigningKeys } from './oauth/signing-keys.ts';
import { PagesModule } from './pages/pages.module.ts';
import { UserService } from './people/user-service.ts';
import { WebSessions } from './people/web-sessions.ts';

const oauthServer = {
  provide: OauthServer,
  inject: [
    APP_CONFIG,
    COORDINATOR_KEYS,
    SigningKeys,
    OidcRecords,
    UserService,
    WebSessions,
    RateLimits,
    FlowPages,
    ClientDocuments,
    RegisteredClients,
    BegunFlows,
    Grants,
  ],
  useFactory: (
    { publicUrl, auth, rateLimits }: AppConfig,
    keys: CoordinatorKeys,
    signingKeys: SigningKeys,
    records: OidcRecords,
    users: UserService,
    webSessions: WebSessions,
    limits: RateLimits,
    pages: FlowPages,
    source: ClientDocuments,
    clients: RegisteredClients,
    flows: BegunFlows,
    grants: Grants,
  ): OauthServer => {
    const registration = registrationDoor(limits, () => clients.makeRoom());
    const documents = new KeptDocuments({
      source,
      records,
      makeRoom: () => clients.makeRoomForDocument(),
      keptSeconds: auth.documentSeconds,
    });
    const isLetIn = (clientId: string) => grants.isLetIn(clientId);
    const rules = auth.clientDocuments ? documentRules({ limits, documents, isLetIn }) : null;
    const makeRoom = () => flows.makeRoom();
    const pollSeconds = pollInterval(rateLimits.device_poll);
    const requests = { limits, pollSeconds, makeRoom };
    const ground = { publicUrl, ...auth, ...requests, keys, signingKeys, records, users, webSessions, pages };
    return makeOauthServer({ ...ground, registration, documents, documentRules: rules });
  },
};

/** The authorization server, and the pages on which people meet it. Global, as the pages go on with its flows. */
@Global()
@Module({
  imports: [PagesModule],
  providers: [
    BegunFlows,
    RecordSweeper,
    RegisteredClients,
    oauthServer,
    { provide: ClientDocuments, useFactory: () => new HttpsClientDocuments() },
    { provide: Interactions, useClass: LibraryInteractions },
  ],
  exports: [OauthServer, Interactions],
})
export class AuthorizationModule implements OnModuleInit {
  constructor(
    private readonly server: OauthServer,
    private readonly early: EarlyHandlers,
  ) {}

  onModuleInit(): void {
    this.early.add(this.server.handler);
  }
}
