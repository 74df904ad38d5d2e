ALTER TABLE "users" ADD COLUMN "codes_refused" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "codes_refused_before" integer DEFAULT 0 NOT NULL;
