DELETE FROM "upstream_identities" AS "later" USING "upstream_identities" AS "oldest"
	WHERE "oldest"."user_id" = "later"."user_id" AND "oldest"."issuer" = "later"."issuer"
	AND ("oldest"."created_at", "oldest"."subject") < ("later"."created_at", "later"."subject");--> statement-breakpoint
DROP INDEX "upstream_identities_user_id";--> statement-breakpoint
ALTER TABLE "web_sessions" ADD COLUMN "signed_in_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "upstream_identities_user_id_issuer" ON "upstream_identities" USING btree ("user_id","issuer");
