ALTER TABLE "credentials" ADD COLUMN "created_by_user" bigint;--> statement-breakpoint
ALTER TABLE "invitations" ADD COLUMN "invited_with" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_created_by_user_users_id_fk" FOREIGN KEY ("created_by_user") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "credentials_created_by" ON "credentials" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "credentials_created_by_user" ON "credentials" USING btree ("created_by_user");--> statement-breakpoint
UPDATE "credentials" AS "made" SET "created_by_user" = COALESCE(
	(SELECT "maker"."user_id" FROM "credentials" AS "maker" WHERE "maker"."id" = "made"."created_by"),
	(SELECT "maker"."account_id" FROM "oidc_records" AS "maker" WHERE "maker"."id" = "made"."created_by" AND "maker"."model" IN ('Grant', 'EndedGrant'))
) WHERE "made"."created_by" IS NOT NULL;
