CREATE TABLE "delegations" (
	"id" text PRIMARY KEY NOT NULL,
	"grantor_id" bigint NOT NULL,
	"grantee_user_id" bigint,
	"grantee_team_id" text,
	"servers" text[] NOT NULL,
	"tools" text[],
	"rules" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "delegations_grantee" CHECK (num_nonnulls("delegations"."grantee_user_id", "delegations"."grantee_team_id") = 1)
);
--> statement-breakpoint
CREATE TABLE "idempotent_answers" (
	"principal_id" text NOT NULL,
	"key" text NOT NULL,
	"asked" text NOT NULL,
	"status" integer,
	"answer_sealed" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotent_answers_principal_id_key_pk" PRIMARY KEY("principal_id","key")
);
--> statement-breakpoint
CREATE TABLE "plans" (
	"id" text PRIMARY KEY NOT NULL,
	"rules" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "team_members" (
	"team_id" text NOT NULL,
	"user_id" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "team_members_team_id_user_id_pk" PRIMARY KEY("team_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "teams_name_unique" UNIQUE("name")
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "rules" jsonb;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "commands" jsonb;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "addresses" text[];--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "plan_id" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "rules" jsonb;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "delegations" ADD CONSTRAINT "delegations_grantor_id_users_id_fk" FOREIGN KEY ("grantor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegations" ADD CONSTRAINT "delegations_grantee_user_id_users_id_fk" FOREIGN KEY ("grantee_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delegations" ADD CONSTRAINT "delegations_grantee_team_id_teams_id_fk" FOREIGN KEY ("grantee_team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "delegations_grantor_id" ON "delegations" USING btree ("grantor_id");--> statement-breakpoint
CREATE INDEX "delegations_grantee_user_id" ON "delegations" USING btree ("grantee_user_id");--> statement-breakpoint
CREATE INDEX "delegations_grantee_team_id" ON "delegations" USING btree ("grantee_team_id");--> statement-breakpoint
CREATE INDEX "idempotent_answers_expires_at" ON "idempotent_answers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "team_members_user_id" ON "team_members" USING btree ("user_id");--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
INSERT INTO "plans" ("id", "rules") VALUES
	('free', '{"*": {"per_minute": 60, "per_day": 1000, "concurrent": 5, "timeout_seconds": 300, "output_bytes": 262144}}'),
	('solo', '{"*": {"per_minute": 300, "per_day": 20000, "concurrent": 20, "timeout_seconds": 3600}}'),
	('team', '{"*": {"per_minute": 1200, "per_day": 200000, "concurrent": 100, "timeout_seconds": 3600}}');
