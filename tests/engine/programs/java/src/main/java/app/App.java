package app;

import com.pulumi.Pulumi;
import com.pulumi.core.Either;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.deployment.InvokeOutputOptions;
import com.pulumi.resources.CustomResourceOptions;
import io.github.ownerexample.kalshi.ApiKey;
import io.github.ownerexample.kalshi.ApiKeyArgs;
import io.github.ownerexample.kalshi.KalshiFunctions;
import io.github.ownerexample.kalshi.Provider;
import io.github.ownerexample.kalshi.ProviderArgs;
import io.github.ownerexample.kalshi.RotatingApiKey;
import io.github.ownerexample.kalshi.RotatingApiKeyArgs;
import io.github.ownerexample.kalshi.enums.KeyType;
import io.github.ownerexample.kalshi.enums.Scope;
import io.github.ownerexample.kalshi.inputs.GetApiKeyArgs;
import io.github.ownerexample.kalshi.inputs.GetApiKeysArgs;
import java.util.List;
import java.util.stream.Collectors;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var account = new Provider("account", ProviderArgs.builder()
                .baseUrl(System.getenv("ROOT_URL"))
                .apiKeyId(System.getenv("ROOT_ID"))
                .privateKey(System.getenv("ROOT_KEY"))
                .build());
            var bot = new ApiKey("bot", ApiKeyArgs.builder()
                .scopes(Either.ofLeft("read"), Either.ofRight(Scope.WriteTrade))
                .keyType(KeyType.Ed25519)
                .build(), CustomResourceOptions.builder().provider(account).build());
            var cached = new RotatingApiKey("cached", RotatingApiKeyArgs.builder()
                .rotationDays(30.0)
                .overlapDays(2.0)
                .keyType(KeyType.Ed25519)
                .build());
            var imported = new ApiKey("imported", ApiKeyArgs.builder()
                .name("by hand")
                .scopes(Either.ofLeft("read"))
                .build(), CustomResourceOptions.builder().importId(System.getenv("IMPORT_ID")).build());
            var listed = KalshiFunctions.getApiKeys(
                GetApiKeysArgs.builder().namePrefix("bot-").build(),
                new InvokeOutputOptions(null, account, null, List.of(bot)));
            var found = KalshiFunctions.getApiKey(
                GetApiKeyArgs.builder().apiKeyId(bot.apiKeyId()).build(),
                InvokeOptions.builder().provider(account).build());

            ctx.export("apiKeyId", bot.apiKeyId());
            ctx.export("privateKey", bot.privateKey());
            ctx.export("name", bot.name());
            ctx.export("currentPrivateKey", cached.current().applyValue(current -> current.privateKey()));
            ctx.export("importedId", imported.apiKeyId());
            ctx.export("listedIds", listed.applyValue(result ->
                result.apiKeys().stream().map(key -> key.apiKeyId()).collect(Collectors.toList())));
            ctx.export("foundName", found.applyValue(key -> key.name()));
        });
    }
}
