ALTER TABLE "oidc_records" ADD COLUMN "latest_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD COLUMN "predecessor_id" text;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD COLUMN "predecessor_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD CONSTRAINT "oidc_records_predecessor_id_unique" UNIQUE("predecessor_id");--> statement-breakpoint
UPDATE "oidc_records" SET "latest_at" = "expires_at" WHERE "model" = 'Grant';
